import { mayBeEmpty, needsAnEpoch, panelQueries, platformDashboard, trainingDashboard } from "../dashboards";
import { Finding } from "./finding";
import { Prometheus } from "./prometheus";
import { reasonOf } from "./user-error";

/** By then every server has been scraped more than once since the stack came up. */
const TRAINING_FOR_A_WHILE =
    '(training_status{job="ml-training"} == 0) and on (run_id) (time() - training_started_timestamp_seconds > 30)';

/**
 * Runs every query of every panel, with all variables at "All". A refused query is always wrong; an empty answer is
 * wrong once a training has run for a while, unless the panel may be empty or waits for a first epoch.
 */
export async function dashboardFindings(prometheus: Prometheus): Promise<Finding[]> {
    const training = (await prometheus.query(TRAINING_FOR_A_WHILE)).length > 0;
    const boards = [trainingDashboard(), platformDashboard()];
    return (await Promise.all(boards.map((board) => boardFindings(board, prometheus, training)))).flat();
}

async function boardFindings(
    board: ReturnType<typeof trainingDashboard>,
    prometheus: Prometheus,
    training: boolean,
): Promise<Finding[]> {
    const { title = "", uid = "" } = board;
    const wrong: Finding[] = [];
    let withData = 0;
    const queries = panelQueries(board);
    await Promise.all(
        queries.map(async ({ panel, expr }) => {
            try {
                const series = await prometheus.query(expr);
                withData += series.length > 0 ? 1 : 0;
                if (series.length === 0 && training && !mayBeEmpty(uid, panel) && !needsAnEpoch(panel)) {
                    wrong.push({ well: false, line: `panel ${panel} of dashboard ${title} has no data: ${expr}` });
                }
            } catch (error) {
                wrong.push({ well: false, line: `panel ${panel} of dashboard ${title}: ${reasonOf(error)}` });
            }
        }),
    );
    const line = `dashboard ${title}: ${queries.length - wrong.length} of ${queries.length} queries fine, ${withData} with data`;
    return [{ well: wrong.length === 0, line }, ...wrong];
}
