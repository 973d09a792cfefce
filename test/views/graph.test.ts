import { spawnSync } from 'node:child_process';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import type { Dependency } from '../../src/model/workload.ts';
import { dependencyGraph, graphToText, stepGraph } from '../../src/views/graph.ts';
import { enginesRequired } from '../engines/guest/needs.ts';
import { change, planOf } from './plan-fixtures.ts';

const skip = !enginesRequired && spawnSync('dot', ['-V']).error !== undefined;

const on = (id: string, more: Partial<Dependency> = {}): Dependency => ({
  id,
  condition: 'started',
  optional: false,
  restart: false,
  source: 'declared',
  ...more,
});
const graph = dependencyGraph('my "shop"', [
  {
    id: 'web',
    kind: 'native',
    dependencies: [on('db', { condition: 'healthy', restart: true }), on('maybe', { optional: true })],
  },
  { id: 'db', kind: 'vm', dependencies: [on('end')] },
]);

describe('graphs', () => {
  it('are drawn in DOT, sorted, with what is missing but not what may be', () => {
    expect(graphToText(graph, 'dot')).toBe(
      `digraph "my \\"shop\\"" {
  rankdir = "LR";
  node [shape = rect, fontname = "sans-serif"];
  "db" [label = "pj_vm.db"];
  "end" [label = "end"];
  "web" [label = "pj_native.web"];
  "db" -> "end";
  "web" -> "db" [label = "healthy, restart"];
}
`,
    );
  });

  it('are drawn in mermaid with names of their own, as `end` is a word of its syntax', () => {
    expect(graphToText(graph, 'mermaid')).toBe(
      `flowchart LR
  n0["pj_vm.db"]
  n1["end"]
  n2["pj_native.web"]
  n0 --> n1
  n2 -->|"healthy, restart"| n0
`,
    );
  });

  it('escape what could end a label', () => {
    const evil = dependencyGraph('x', [{ id: 'a"]; b -> c\\', kind: 'native', dependencies: [on('q"|<b>')] }]);
    expect(graphToText(evil, 'dot')).toContain('"a\\"]; b -> c\\\\" -> "q\\"|<b>";');
    const mermaid = graphToText(evil, 'mermaid');
    expect(mermaid).toContain('["q#34;#124;#60;b#62;"]');
    expect(mermaid.match(/"/g)).toHaveLength(4);
  });

  it.skipIf(skip)('are taken by graphviz, whatever the names', async () => {
    const evil = dependencyGraph('x "y', [{ id: 'a"]; b -> c\\', kind: 'native', dependencies: [on('q"|<b>')] }]);
    for (const one of [graph, evil, stepGraph(planOf([change('a', 'create', { after: {} })]))]) {
      const { stdout } = await execa('dot', ['-Tsvg'], { input: graphToText(one, 'dot') });
      expect(stdout.match(/class="node"/g)).toHaveLength(one.nodes.length);
      expect(stdout.match(/class="edge"/g) ?? []).toHaveLength(one.edges.length);
    }
  });

  it('are JSON of nodes and edges, of steps too', () => {
    const steps = JSON.parse(graphToText(stepGraph(planOf([change('a', 'create', { after: {} })])), 'json'));
    expect(steps).toEqual({
      name: 'shop',
      nodes: [
        { id: 'create a', label: 'create a', action: 'create', kind: 'native' },
        { id: 'start a', label: 'start a', action: 'start', kind: 'native' },
      ],
      edges: [{ from: 'start a', to: 'create a' }],
    });
  });
});
