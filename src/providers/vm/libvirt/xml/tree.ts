import { XMLBuilder, XMLParser } from 'fast-xml-parser';

/** An element: attributes begin with `@`, text is `#text`; a list is as many elements of that name. */
export type Xml = { [key: string]: XmlValue };
type XmlValue = Xml | readonly Xml[] | readonly string[] | string | number | undefined;

const NAMES = { ignoreAttributes: false, attributeNamePrefix: '@' } as const;
const builder = new XMLBuilder({ ...NAMES, suppressEmptyNode: true, format: true });
const parser = new XMLParser({ ...NAMES, parseTagValue: false, parseAttributeValue: false, ignoreDeclaration: true });

export const toXml = (tree: Xml): string => builder.build(tree);

/** Undefined where it is no XML. */
export function fromXml(text: string): Xml | undefined {
  if (!text.trimStart().startsWith('<')) return undefined;
  return parser.parse(text) as Xml;
}

/** The elements of that name. */
export function all(node: XmlValue, name: string): Xml[] {
  const here = isElement(node) ? node[name] : undefined;
  if (Array.isArray(here)) return here.map(asElement);
  return here === undefined ? [] : [asElement(here as Xml | string)];
}

/** The first element by that path. */
export function one(node: XmlValue, ...path: string[]): Xml | undefined {
  let here: Xml | undefined = isElement(node) ? node : undefined;
  for (const name of path) here = all(here, name)[0];
  return here;
}

/** The text of the element by that path, or of its attribute where the path ends with `@name`. */
export function text(node: XmlValue, ...path: string[]): string | undefined {
  const last = path.at(-1) ?? '#text';
  const here = last.startsWith('@') ? one(node, ...path.slice(0, -1))?.[last] : one(node, ...path)?.['#text'];
  return typeof here === 'string' ? here : undefined;
}

export function number(node: XmlValue, ...path: string[]): number | undefined {
  const here = text(node, ...path);
  return here === undefined || here.trim() === '' ? undefined : Number(here);
}

const isElement = (node: XmlValue): node is Xml => typeof node === 'object' && !Array.isArray(node);
const asElement = (node: Xml | string): Xml => (typeof node === 'string' ? { '#text': node } : node);
