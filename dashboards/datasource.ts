/** The uid that every panel and variable names; the datasource that the program creates has it. A contract. */
export const DATASOURCE_UID = "prometheus";

/** Reference to the datasource, as dashboards write it. */
export const DATASOURCE = { type: "prometheus", uid: DATASOURCE_UID };
