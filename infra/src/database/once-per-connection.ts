/**
 * What is made once for each connection and found again there, such as statements: to write and to plan a short one costs more than
 * to run it.
 */
export function oncePerConnection<C extends object, T>(make: (connection: C) => T): (connection: C) => T {
  const made = new WeakMap<C, T>();
  return (connection) => {
    const known = made.get(connection) ?? make(connection);
    made.set(connection, known);
    return known;
  };
}
