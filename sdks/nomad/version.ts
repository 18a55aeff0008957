/**
 * The version of the official plugin whose schema these classes follow. The engine asks for the plugin in this version.
 * The same as in package.json, which a unit test holds.
 */
export const VERSION = "2.6.1";
