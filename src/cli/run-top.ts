import type { TopLook, TopSort } from '../model/top.ts';
import { jsonText } from '../views/json-text.ts';
import { showsUnicode } from '../views/sparkline.ts';
import { topFrame, topToText } from '../views/top-text.ts';
import { emptyTop, keyTop, seenTop, topToJson } from '../views/top-view.ts';
import { fullScreen } from './full-screen.ts';
import type { Terminal } from './terminal.ts';

export interface TopRequest {
  sort: TopSort;
  /** ms */
  interval: number;
  /** Looks that are shown; undefined: until somebody ends it. */
  count: number | undefined;
  /** Of the project. */
  title: string;
}

/** Looks without rates are not shown to whoever reads them one by one. */
async function* shownLooks(looks: AsyncIterable<TopLook>, count: number | undefined): AsyncGenerator<TopLook> {
  let seen = 0;
  for await (const look of looks) {
    if (seen > 0) yield look;
    if (seen === count) return;
    seen += 1;
  }
}

/** One JSON object a line and look. */
export async function topLines(looks: AsyncIterable<TopLook>, request: TopRequest, terminal: Terminal): Promise<void> {
  for await (const look of shownLooks(looks, request.count)) {
    terminal.out(`${jsonText(topToJson(look, request.sort))}\n`);
    if (terminal.closed()) return;
  }
}

/** A table a look, for what is no terminal, or one that cannot be drawn upon. What has to be known of them goes to stderr, once. */
export async function topTables(looks: AsyncIterable<TopLook>, request: TopRequest, terminal: Terminal): Promise<void> {
  const screen = await terminal.screen();
  const width = terminal.tty ? screen.width : Number.POSITIVE_INFINITY;
  const told = new Set<string>();
  let first = true;
  for await (const look of shownLooks(looks, request.count ?? 1)) {
    for (const note of look.notes) if (!told.has(note)) terminal.err(`${note}\n`);
    for (const note of look.notes) told.add(note);
    const text = topToText(seenTop(emptyTop(request.sort), look), { ...screen, width }, true);
    terminal.out(`${first ? '' : '\n'}${text}`);
    first = false;
    if (terminal.closed()) return;
  }
}

/** The live table, over the whole screen, until a key, `stop` or the number of looks ends it; a counted one leaves its last table behind. */
export async function topLive(
  looks: AsyncIterable<TopLook>,
  request: TopRequest,
  terminal: Terminal,
  stop: AbortController,
): Promise<void> {
  const { chalk } = await terminal.screen();
  const unicode = showsUnicode(terminal.env);
  const { title, interval } = request;
  let view = emptyTop(request.sort);
  let page = 1;
  const draw = (): void => {
    const { columns, rows } = terminal.size();
    const frame = topFrame(view, { chalk, width: columns, rows }, { unicode, title, interval });
    page = Math.max(1, frame.page);
    screen.draw(frame.lines);
  };
  const screen = fullScreen(terminal.out, {
    key(key) {
      const next = keyTop(view, key, page);
      if (next === undefined) return stop.abort();
      if (next === view) return;
      view = next;
      draw();
    },
    resized: draw,
  });
  try {
    draw();
    let seen = 0;
    for await (const look of looks) {
      view = seenTop(view, look);
      draw();
      if (seen === request.count || terminal.closed()) break;
      seen += 1;
    }
  } finally {
    screen.end();
  }
  if (request.count !== undefined) terminal.out(topToText(view, await terminal.screen(), unicode));
}
