/** Queries that may rightly return nothing while a training runs, and why. All others must return something. */
const MAY_BE_EMPTY: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    "mlops-training": {
        "Finished runs": "no run may have ended yet",
    },
    "mlops-platform": {
        Alerts: "nothing may be wrong",
    },
};

/** Queries that return something only once a first epoch is through: until then the run has no value for them. */
const AFTER_FIRST_EPOCH: readonly string[] = [
    "Time left",
    "Loss",
    "Accuracy",
    "Loss by epoch",
    "Accuracy by epoch",
    "Samples per second",
    "Best validation accuracy",
    "Lowest validation loss",
];

/** Why a panel of a dashboard may be empty while a training runs; undefined if it must not be. */
export function mayBeEmpty(dashboardUid: string, panelTitle: string): string | undefined {
    return MAY_BE_EMPTY[dashboardUid]?.[panelTitle];
}

/** Whether a panel of the Training dashboard has data only after a run's first epoch. */
export function needsAnEpoch(panelTitle: string): boolean {
    return AFTER_FIRST_EPOCH.includes(panelTitle);
}

/** Every panel that either list names, for a test that none of them is misspelt. */
export const NAMED_PANELS: readonly string[] = [
    ...Object.values(MAY_BE_EMPTY).flatMap((panels) => Object.keys(panels)),
    ...AFTER_FIRST_EPOCH,
];
