import { type Entry, EXIT, entry } from './entry.ts';

/** Container engines: PJ54xx. */
export const CONTAINER_ERRORS = {
  PJ5401: entry('no container engine answers: {tried}', 'Install or start one; `pj doctor` tells what is there.'),
  PJ5402: entry('{id} is on an engine that cannot {action} it', 'Use another runtime for it (`container.runtime`).'),
  PJ5403: entry(
    'the image {image} of {id} cannot be had: {reason}',
    'Check its name and tag, and that the registry can be reached from where the engine runs.',
  ),
  PJ5404: entry(
    'the {what} name {name}, which {id} needs, is taken by {owner}',
    'Rename or remove that one, or take it over with `pj import`; pj does not touch what it has not made.',
  ),
  PJ5405: entry(
    '{id} is there already, made from another spec, and the state does not know it',
    'Remove it with `pj apply --prune`, or take it over with `pj import`.',
  ),
  PJ5406: entry(
    'port {port} that {id} is to publish is in use{by}',
    'Stop what listens there, or publish another port.',
  ),
  PJ5407: entry(
    '{engine} refused to {action} {id}: {reason}',
    'Mend what the engine complains of, then run `pj apply` again.',
  ),
  PJ5408: entry(
    '{engine} went away while pj was to {action} {id}: {reason}',
    'Start the engine again and run `pj apply`: it finds out what was done and carries on.',
  ),
  PJ5409: entry(
    'the network {name} of {id} overlaps with another one: {reason}',
    'Choose another `subnet`, or leave it out so that the engine finds a free one.',
  ),
  PJ5410: entry(
    '{engine} has no space left to {action} {id}: {reason}',
    'Make room where the engine keeps its data (images and containers that nobody needs), then run `pj apply` again.',
  ),
  PJ5411: entry(
    'the {what} {name} of {id} is still used by {users}, which pj did not make',
    'Detach those first, or keep it: put its descriptor back, or `forget` it.',
    EXIT.refused,
  ),
  PJ5412: entry(
    'the {what} {name}, which {id} says is external, is not there on {engine}',
    'Make it, correct its name, or take `external` away so that pj makes it.',
  ),
  PJ5413: entry(
    '{engineId} cannot be taken over as {id}: {reason}',
    'Give the name or id of what runs, on the runtime that the descriptor says.',
  ),
  PJ5414: entry(
    'the registry does not let {image} of {id} be pulled: {reason}',
    'Give a login that may read it: `registry: {username, password: ${secret.NAME}}`.',
  ),
} satisfies Record<string, Entry>;
