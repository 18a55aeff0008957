import { Row } from "./layout";
import { lines } from "./panel-defaults";
import { inTime, live } from "./training-series";
import { curveByEpoch, DASHED } from "./training-epochs";

const TRAIN_AND_VALIDATION = "Solid: on the training split. Dashed: on the held-out validation split.";

/** How loss and accuracy develop, against time and against epochs. */
export function curvesRow(): Row {
    const wide = { width: 12, height: 9 };
    return {
        title: "Learning curves",
        cells: [
            { panel: lossInTime(), ...wide },
            { panel: accuracyInTime(), ...wide },
            { panel: curveByEpoch(lossByEpoch, "training_loss", "training_validation_loss"), ...wide },
            { panel: curveByEpoch(accuracyByEpoch, "training_accuracy", "training_validation_accuracy"), ...wide },
        ],
    };
}

const lossByEpoch = {
    title: "Loss by epoch",
    description: `Mean cross-entropy after each epoch, so that runs compare whatever their speed. ${TRAIN_AND_VALIDATION} A dashed line that rises while the solid one falls is overfitting.`,
    unit: "none",
};

const accuracyByEpoch = {
    title: "Accuracy by epoch",
    description: `Share classified correctly after each epoch, so that runs compare whatever their speed. ${TRAIN_AND_VALIDATION}`,
    unit: "percentunit",
};

function lossInTime() {
    return lines(
        { title: "Loss", description: `Mean cross-entropy. ${TRAIN_AND_VALIDATION}`, unit: "none" },
        inTime(live("training_loss"), " train"),
        inTime(live("training_validation_loss"), " validation"),
    ).overrideByRegexp("/validation$/", DASHED);
}

function accuracyInTime() {
    return lines(
        { title: "Accuracy", description: `Share classified correctly. ${TRAIN_AND_VALIDATION}`, unit: "percentunit" },
        inTime(live("training_accuracy"), " train"),
        inTime(live("training_validation_accuracy"), " validation"),
    )
        .axisSoftMin(0)
        .axisSoftMax(1)
        .overrideByRegexp("/validation$/", DASHED);
}
