import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";
import { DATASOURCE } from "./datasource";
import { addRows } from "./layout";
import { dashboardFrame } from "./dashboard-frame";
import { curvesRow } from "./training-curves";
import { nowRow } from "./training-now";
import { resourcesRow } from "./training-resources";
import { resultsRow } from "./training-results";

/** Follow trainings while they run, compare runs, and look up how they ended. */
export function trainingDashboard(): dashboard.Dashboard {
    const builder = dashboardFrame({
        uid: "mlops-training",
        title: "Training",
        description: "Training runs: live progress, learning curves, resources and results.",
        // A training may be over in seconds, so the dashboard looks as often as the metrics change.
        refresh: "2s",
    })
        .withVariable(choice("model", "Model", "label_values(training_status, model)"))
        .withVariable(choice("experiment", "Experiment", 'label_values(training_status{model=~"$model"}, experiment)'))
        .withVariable(
            // Shows the part of the id that the legends show; chooses by the whole.
            choice(
                "run",
                "Run",
                'label_values(training_status{model=~"$model", experiment=~"$experiment"}, run_id)',
            ).regex("/(?<value>(?<text>.{1,8}).*)/"),
        );
    return addRows(builder, [nowRow(), curvesRow(), resourcesRow(), resultsRow()]);
}

/** A variable to choose any number of a label's values by. All of them is the start, and takes in runs yet to come. */
function choice(name: string, label: string, query: string): dashboard.QueryVariableBuilder {
    return new dashboard.QueryVariableBuilder(name)
        .label(label)
        .datasource(DATASOURCE)
        .query({ query, refId: `variable-${name}` })
        .definition(query)
        .multi(true)
        .includeAll(true)
        .allValue(".*")
        .current({ selected: true, text: ["All"], value: ["$__all"] })
        .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
        .sort(dashboard.VariableSort.AlphabeticalAsc);
}
