// How a console shows this package's objects.

/** The method that Node, Bun and Deno ask before they look themselves. */
export const SHOWN = Symbol.for("nodejs.util.inspect.custom");

/**
 * An object by its name and with its own members, whatever was asked for. Bun would show the name that the build gave the
 * class, and all methods; and Node and Deno what getters give, such as the secret, where those are asked for.
 *
 * @param {object} object
 * @param {[depth: number, options: object, inspect: Function]} given what the method is called with
 */
export function shown(object, [depth, options, inspect]) {
  return `${object.constructor.name} ${inspect({ ...object }, { ...options, depth })}`;
}
