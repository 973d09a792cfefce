import type { JsonObject } from '../model/json.ts';
import { absolutePath, type Context, hostPath } from './context.ts';
import type { Fields } from './fields.ts';
import { type Scalar, textOf } from './tree.ts';

/** What a service may do. */
export function securityOf(context: Context, fields: Fields): JsonObject {
  const security: JsonObject = {};
  const [add, drop] = [fields.texts('cap_add').map(textOf), fields.texts('cap_drop').map(textOf)];
  if (add.length > 0) security['capAdd'] = add;
  if (drop.length > 0) security['capDrop'] = drop;
  if (fields.boolean('read_only') === true) security['readOnlyRoot'] = true;
  const users = fields.text('userns_mode');
  if (users !== undefined && users !== '') security['userNamespace'] = users;
  for (const option of fields.texts('security_opt')) {
    const own = optionOf(context, fields, option);
    // Labels of SELinux are several options.
    if (own === undefined || (own[0] === 'selinux' && security['selinux'] !== undefined))
      context.note(
        option.spot,
        `${fields.path}.security_opt`,
        `\`${textOf(option)}\` has no counterpart`,
        'See `security` in `pj explain security`.',
      );
    else security[own[0]] = own[1];
  }
  return security;
}

function optionOf(context: Context, fields: Fields, option: Scalar): [string, string | boolean] | undefined {
  const [, name, value = ''] = /^([\w-]+)(?:[:=]([\s\S]*))?$/.exec(textOf(option)) ?? [];
  switch (name) {
    case 'no-new-privileges':
      return ['noNewPrivileges', value !== 'false'];
    case 'apparmor':
      return ['apparmor', value];
    case 'label':
      return ['selinux', value];
    case 'seccomp':
      if (value === 'unconfined') return ['seccomp', value];
      context.files.add(absolutePath(context, option.spot, value));
      context.note(option.spot, `${fields.path}.security_opt`, 'the seccomp profile stays where it is', '');
      return ['seccomp', hostPath(context, option.spot, value)];
    default:
      return undefined;
  }
}
