import type { Path } from './problem.ts';

/** Something that the schema can't say; the path is in the native dialect. */
interface ShapeFault {
  code: 'PJ1011' | 'PJ1012' | 'PJ1015' | 'PJ1016' | 'PJ1018';
  details: Record<string, string | number>;
  path: Path;
}
export type ShapeReport = (fault: ShapeFault) => void;
