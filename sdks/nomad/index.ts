import type * as types from "./types";

export { AclPolicy, type AclPolicyArgs, type AclPolicyState } from "./aclPolicy";
export { AclRole, type AclRoleArgs, type AclRoleState } from "./aclRole";
export { AclToken, type AclTokenArgs, type AclTokenState } from "./aclToken";
export { Job, type JobArgs, type JobState } from "./job";
export { Namespace, type NamespaceArgs, type NamespaceState } from "./namespace";
export { Variable, type VariableArgs, type VariableState } from "./variable";
export { Provider, type ProviderArgs } from "./provider";
export type { types };
