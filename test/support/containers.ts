import { answers, ask } from '../engines/answer.ts';

/** What an engine holds that bears the marks of a project's state. */
export interface Held {
  containers: { id: string; name: string; state: string; workload: string; generation: string }[];
  networks: string[];
  volumes: string[];
}

/** Asks an engine that speaks Docker's API directly, not through pj. */
export async function held(socket: string, lineage: string): Promise<Held> {
  const filters = `filters=${encodeURIComponent(JSON.stringify({ label: [`io.pj.lineage=${lineage}`] }))}`;
  const read = async (path: string): Promise<unknown> => {
    const answer = await ask({ socket }, path);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body);
  };
  const containers = (await read(`/containers/json?all=1&${filters}`)) as {
    Id: string;
    Names: string[];
    State: string;
    Labels: Record<string, string>;
  }[];
  const networks = (await read(`/networks?${filters}`)) as { Name: string }[];
  const volumes = (await read(`/volumes?${filters}`)) as { Volumes: { Name: string }[] | null };
  return {
    containers: containers.map(({ Id, Names, State, Labels }) => ({
      id: Id,
      name: (Names[0] ?? '').replace(/^\//, ''),
      state: State,
      workload: Labels['io.pj.id'] ?? '',
      generation: Labels['io.pj.generation'] ?? '',
    })),
    networks: networks.map(({ Name }) => Name).sort(),
    volumes: (volumes.Volumes ?? []).map(({ Name }) => Name).sort(),
  };
}

/** Removes all of it. Never throws: it is for the end of tests, failed ones too. */
export async function removeHeld(socket: string, lineage: string | undefined): Promise<void> {
  if (lineage === undefined || !(await answers({ socket }, '/_ping'))) return;
  const there = await held(socket, lineage).catch(() => undefined);
  if (there === undefined) return;
  const remove = (path: string): Promise<unknown> => ask({ socket }, path, { method: 'DELETE' }).catch(() => undefined);
  for (const { id } of there.containers) await remove(`/containers/${id}?force=1&v=1`);
  for (const name of there.networks) await remove(`/networks/${name}`);
  for (const name of there.volumes) await remove(`/volumes/${name}?force=1`);
}

/** Kills a container's first process from outside, as a crash would: `docker kill` counts as a manual stop. */
export async function killFirstProcess(socket: string, id: string): Promise<number> {
  const answer = await ask({ socket }, `/containers/${id}/json`);
  const { State } = JSON.parse(answer.body) as { State: { Pid: number } };
  if (!(State.Pid > 1)) throw new Error(`${id} does not run`);
  process.kill(State.Pid, 'SIGKILL');
  return State.Pid;
}
