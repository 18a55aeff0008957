import { Row } from "./layout";
import { lines } from "./panel-defaults";
import { overTime } from "./platform-series";

/** Whether measuring itself works: scrapes, pushes, and what Prometheus keeps. */
export function scrapesRow(): Row {
    const third = { width: 8, height: 8 };
    return {
        title: "Scrapes and pushes",
        cells: [
            { panel: scrapeDuration(), ...third },
            { panel: samplesScraped(), ...third },
            { panel: trainingTargets(), ...third },
            { panel: pushAge(), ...third },
            { panel: pushes(), ...third },
            { panel: rejectedPushes(), ...third },
        ],
    };
}

function scrapeDuration() {
    const description =
        "Time a scrape took. Near the scrape timeout (1 s for Pushgateway, 4 s for servers) samples get lost.";
    return lines(
        { title: "Scrape duration", description, unit: "s" },
        overTime("max by (job) (scrape_duration_seconds)", "{{job}}"),
    ).axisSoftMin(0);
}

function samplesScraped() {
    const description = "Samples a scrape brought. A number that only grows means series that nobody takes away.";
    return lines(
        { title: "Samples per scrape", description, unit: "short" },
        overTime("sum by (job) (scrape_samples_scraped)", "{{job}}"),
    ).axisSoftMin(0);
}

function trainingTargets() {
    const description =
        "Training tasks that service discovery found and Prometheus scrapes itself, besides what they push.";
    return lines(
        { title: "Training tasks scraped", description, unit: "none" },
        overTime('count(up{job="training-tasks"} == 1) or vector(0)', "up"),
        overTime('count(up{job="training-tasks"} == 0) or vector(0)', "down"),
    )
        .decimals(0)
        .axisSoftMin(0);
}

function pushAge() {
    const description =
        "Time since each group's last push. A run pushes every second; the age of one that ended grows until its group is removed.";
    const age = "max by (model, experiment, run_id) (time() - push_time_seconds)";
    return lines(
        { title: "Age of pushed groups", description, unit: "s" },
        overTime(`label_replace(${age}, "run", "$1", "run_id", "(.{1,8}).*")`, "{{model}} {{experiment}} {{run}}"),
    ).axisSoftMin(0);
}

function pushes() {
    const description = "Requests that Pushgateway answered, by what they were and how it answered.";
    return lines(
        { title: "Pushgateway requests", description, unit: "reqps" },
        overTime(
            "sum by (handler, code) (rate(pushgateway_http_requests_total[$__rate_interval]))",
            "{{handler}} {{code}}",
        ),
    ).axisSoftMin(0);
}

function rejectedPushes() {
    const description = "Groups whose newest push Pushgateway refused, because it contradicted what others had pushed.";
    return lines(
        { title: "Groups with a refused push", description, unit: "none" },
        overTime("count(push_failure_time_seconds > push_time_seconds) or vector(0)", "groups"),
    )
        .decimals(0)
        .axisSoftMin(0);
}
