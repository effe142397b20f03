/** The element with that id, which is of that type. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`Expected a ${type.name} with the id ${id}`);
  return element;
}
