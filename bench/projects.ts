import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const layerOf = (i: number): number => Math.floor(i / 100);

/** A Terraform directory of n terraform_data in layers of 100, each depending on one of the layer before. */
export function terraformProject(dir: string, n: number): string {
  mkdirSync(dir, { recursive: true });
  let text = '';
  for (let i = 0; i < n; i++) {
    const needs = layerOf(i) > 0 ? `\n  depends_on = [terraform_data.w${i - 100}]` : '';
    text += `resource "terraform_data" "w${i}" {\n  input = "10.0.0.${i % 250}"${needs}\n}\n`;
  }
  writeFileSync(join(dir, 'main.tf'), text);
  return dir;
}

/** The same work for pj: n externals in the same layers. */
export function pjExternals(dir: string, n: number): string {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'pj.yaml'), 'name: bench\n');
  let text = '';
  for (let i = 0; i < n; i++) {
    const needs = layerOf(i) > 0 ? `dependencies: [w${i - 100}]\n` : '';
    text += `---\napplicationId: w${i}\n${needs}external:\n  address: 10.0.0.${i % 250}\n`;
  }
  writeFileSync(join(dir, 'main.yaml'), text);
  return dir;
}

/** n processes that do nothing, for pj. */
export function pjProcesses(dir: string, n: number): string {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'pj.yaml'), 'name: bench-processes\n');
  let text = '';
  for (let i = 0; i < n; i++) text += `---\napplicationId: s${i}\nnative:\n  command: /bin/sleep\n  args: ["100000"]\n`;
  writeFileSync(join(dir, 'main.yaml'), text);
  return dir;
}

/** The same processes for pm2. */
export function pm2Processes(dir: string, n: number): string {
  mkdirSync(dir, { recursive: true });
  const apps = Array.from({ length: n }, (_, i) => ({
    name: `s${i}`,
    script: '/bin/sleep',
    args: '100000',
    interpreter: 'none',
    exec_mode: 'fork',
  }));
  writeFileSync(join(dir, 'ecosystem.config.json'), JSON.stringify({ apps }));
  return dir;
}
