/**
 * JSON text that is safe on a terminal: JSON.stringify leaves DEL, the C1 controls, and the characters that reorder or hide
 * text as they are; here they are `\uXXXX`, which reads back as the same value.
 * @param indent spaces; absent: one line
 */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
