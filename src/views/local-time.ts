const two = (value: number): string => String(value).padStart(2, '0');

/** A moment (ISO 8601, or ms since 1970) where this process is: `2026-11-29 11:02:03`, with `ms` `2026-11-29 11:02:03.042`. The text itself where it is no date. */
export function localTime(moment: string | number, options: { ms?: boolean } = {}): string {
  const date = new Date(moment);
  if (Number.isNaN(date.getTime())) return String(moment);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time}${options.ms === true ? `.${String(date.getMilliseconds()).padStart(3, '0')}` : ''}`;
}
