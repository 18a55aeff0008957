import { Row } from "./layout";
import { lines } from "./panel-defaults";
import { inTime, live } from "./training-series";

/** How fast runs train and what they take, as they measure it themselves. */
export function resourcesRow(): Row {
    const third = { width: 8, height: 8 };
    return {
        title: "Speed and resources",
        cells: [
            { panel: speed(), ...third },
            { panel: processor(), ...third },
            { panel: memory(), ...third },
        ],
    };
}

function speed() {
    const description = "Training samples processed per second in the latest epoch.";
    return lines(
        { title: "Samples per second", description, unit: "short" },
        inTime(live("training_samples_per_second")),
    ).axisSoftMin(0);
}

function processor() {
    const description = "Processor use of the training process; 100 % is one core.";
    return lines({ title: "CPU", description, unit: "percent" }, inTime(live("training_cpu_percent"))).axisSoftMin(0);
}

function memory() {
    const description = "Resident memory of the training process.";
    return lines({ title: "Memory", description, unit: "bytes" }, inTime(live("training_memory_bytes"))).axisSoftMin(0);
}
