/** One thing that `status` looked at. */
export interface Finding {
    readonly well: boolean;
    readonly line: string;
}
