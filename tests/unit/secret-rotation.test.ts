import * as pulumi from "@pulumi/pulumi";
import { secretsOfGeneration } from "../../components/secret-rotation";

function transformed(type: string): pulumi.ResourceOptions | undefined {
    const args = { type, name: "any", props: {}, opts: { protect: true } } as unknown;
    return secretsOfGeneration(3)(args as pulumi.ResourceTransformationArgs)?.opts;
}

test.each([
    "random:index/randomBytes:RandomBytes",
    "random:index/randomPassword:RandomPassword",
    "consul:index/aclToken:AclToken",
    "nomad:index/aclToken:AclToken",
])("another generation makes %s anew, with its other options kept", (type) => {
    expect(transformed(type)).toEqual({ protect: true, replacementTrigger: 3 });
});

test("leaves everything else as it is", () => {
    expect(transformed("docker:index/container:Container")).toBeUndefined();
});
