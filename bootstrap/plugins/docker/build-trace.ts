import { BinaryReader } from "google-protobuf";

/**
 * The readable lines of one BuildKit progress message (moby.buildkit.v1.StatusResponse in api/services/control/
 * control.proto: 1 vertexes {3 name, 4 cached, 5 started, 6 completed, 7 error}, 3 logs {4 msg}).
 */
export function traceLines(message: Uint8Array): string[] {
    const lines: string[] = [];
    const reader = new BinaryReader(message);
    while (reader.nextField()) {
        const field = reader.getFieldNumber();
        if (field === 1) {
            lines.push(...vertexLines(reader.readBytes()));
        } else if (field === 3) {
            lines.push(...logLines(reader.readBytes()));
        } else {
            reader.skipField();
        }
    }
    return lines;
}

function vertexLines(message: Uint8Array): string[] {
    const reader = new BinaryReader(message);
    const vertex = { name: "", error: "", started: false, completed: false };
    while (reader.nextField()) {
        switch (reader.getFieldNumber()) {
            case 3:
                vertex.name = reader.readString();
                break;
            case 5:
                vertex.started = true;
                reader.skipField();
                break;
            case 6:
                vertex.completed = true;
                reader.skipField();
                break;
            case 7:
                vertex.error = reader.readString();
                break;
            default:
                reader.skipField();
        }
    }
    const begun = vertex.started && !vertex.completed ? [vertex.name] : [];
    return vertex.error ? [...begun, `ERROR: ${vertex.error}`] : begun;
}

function logLines(message: Uint8Array): string[] {
    const reader = new BinaryReader(message);
    let text = "";
    while (reader.nextField()) {
        if (reader.getFieldNumber() === 4) {
            text += Buffer.from(reader.readBytes()).toString();
        } else {
            reader.skipField();
        }
    }
    return text.split("\n").filter((line) => line.trim() !== "");
}
