import { parse } from "@cdktn/hcl2json";
import { SUBMIT_RULES } from "../../components/submit-token";

test("the submit token runs and reads jobs in its namespace, with the trainings' volumes, and nothing else", async () => {
    expect(await parse("rules.hcl", SUBMIT_RULES)).toEqual({
        namespace: {
            default: [
                {
                    capabilities: ["list-jobs", "parse-job", "read-job", "submit-job", "dispatch-job", "read-logs"],
                },
            ],
        },
        host_volume: { artifacts: [{ policy: "write" }], data: [{ policy: "read" }] },
    });
});
