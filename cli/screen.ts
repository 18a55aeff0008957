import logUpdate from "log-update";

/** Output for people: lines that stay and, on a terminal, one live block below them. */
export class Screen {
    private readonly block: logUpdate.LogUpdate | undefined;
    private shown = "";

    /** @param stream stdout or stderr; without a terminal the live block is not drawn. */
    constructor(private readonly stream: NodeJS.WriteStream) {
        this.block = stream.isTTY ? logUpdate.create(stream, { showCursor: true }) : undefined;
    }

    get isLive(): boolean {
        return this.block !== undefined;
    }

    get columns(): number {
        return this.stream.columns ?? 80;
    }

    /** A line that stays. */
    readonly line = (text: string): void => {
        this.block?.clear();
        this.stream.write(`${text}\n`);
        if (this.shown !== "") {
            this.block?.(this.shown);
        }
    };

    /** Redraws the live block; "" takes it away. */
    live(text: string): void {
        this.shown = text;
        if (text === "") {
            this.block?.clear();
        } else {
            this.block?.(text);
        }
    }
}

/** A duration for people: "2.1 s", "48 s", "3 min 5 s". */
export function seconds(milliseconds: number): string {
    const total = milliseconds / 1000;
    if (total < 10) {
        return `${total.toFixed(1)} s`;
    }
    const whole = Math.round(total);
    return whole < 100 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** A size for people: "12 B", "5.3 kB". */
export function bytes(size: number): string {
    const power = size < 1000 ? 0 : Math.min(Math.floor(Math.log10(size) / 3), 4);
    const value = size / 1000 ** power;
    return `${power === 0 ? value : value.toFixed(1)} ${["B", "kB", "MB", "GB", "TB"][power]}`;
}

/** A line that does not wrap. */
export function truncate(line: string, columns: number): string {
    return line.length <= columns ? line : `${line.slice(0, columns - 1)}…`;
}
