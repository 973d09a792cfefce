import type { Spec } from '../../../model/spec.ts';
import type { Finding } from '../../contract.ts';
import { heapFor } from './command-line.ts';

const MIB = 1024 * 1024;
/** What a JVM needs beside its heap, at the least: metaspace, code, stacks. */
const BESIDE = 64 * MIB;
/** Threads that a JVM has of its own. */
const OWN_THREADS = 32;

/** Whether heap and limits go together. */
export function checkHeap(spec: Spec): Finding[] {
  const findings: Finding[] = [];
  const { java, resources } = spec;
  const memory: unknown = resources?.memory;
  const heap = heapFor(spec);
  if (typeof memory === 'number' && heap !== undefined && heap > memory - BESIDE) {
    const path = java?.heap === undefined ? '/resources/memory' : '/java/heap';
    const rest = `a heap of ${mib(heap)} and at least ${mib(BESIDE)} beside it`;
    const message = `${mib(memory)} of memory do not hold ${rest}`;
    const severity = heap > memory ? 'error' : 'warning';
    findings.push({ severity, path, message, hint: 'Raise `resources.memory`, or lower `java.heap`.' });
  }
  const threads: unknown = resources?.maxThreads ?? resources?.maxProcesses;
  if (typeof threads === 'number' && threads < OWN_THREADS)
    findings.push({
      severity: 'warning',
      path: resources?.maxThreads === undefined ? '/resources/maxProcesses' : '/resources/maxThreads',
      message: `a JVM has about 20 threads of its own, so ${threads} may be too few for it to start`,
    });
  return findings;
}

const mib = (bytes: number): string => `${Math.round(bytes / MIB)} MiB`;
