import * as dashboard from "@grafana/grafana-foundation-sdk/dashboard";

export interface Frame {
    readonly uid: string;
    readonly title: string;
    readonly description: string;
    /** How often it asks again, such as `5s`. */
    readonly refresh: string;
}

/** What the dashboards have in common: the last quarter of an hour, links to each other, and a shared crosshair. */
export function dashboardFrame({ uid, title, description, refresh }: Frame): dashboard.DashboardBuilder {
    return new dashboard.DashboardBuilder(title)
        .uid(uid)
        .description(description)
        .tags(["mlops"])
        .refresh(refresh)
        .time({ from: "now-15m", to: "now" })
        .timepicker(new dashboard.TimePickerBuilder().refreshIntervals(["1s", "2s", "5s", "10s", "30s", "1m", "5m"]))
        .tooltip(dashboard.DashboardCursorSync.Crosshair)
        .timezone("browser")
        .link(
            new dashboard.DashboardLinkBuilder("MLOps")
                .type(dashboard.DashboardLinkType.Dashboards)
                .tags(["mlops"])
                .keepTime(true),
        );
}
