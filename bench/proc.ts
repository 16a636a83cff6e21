import { readFileSync } from 'node:fs';

/** The kernel's clock ticks per second, its unit of CPU time: `getconf CLK_TCK`. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4_096;

/** Returns the CPU time of a process and its children, in seconds. */
export function cpuSecondsOf(pid: number): number {
  return sum(family(pid).map(cpuTicksOf)) / TICKS_PER_SECOND;
}

/** Returns the resident memory of a process and its children. */
export function rssBytesOf(pid: number): number {
  return sum(family(pid).map((one) => kibIn(`/proc/${one}/status`, 'VmRSS') * 1024));
}

/** Returns the memory that the kernel uses for sockets: its objects, and what is buffered for TCP. */
export function kernelBytes(): number {
  const [, pages] = /^TCP: .* mem (\d+)/m.exec(readFileSync('/proc/net/sockstat', 'utf8')) ?? [];
  return kibIn('/proc/meminfo', 'Slab') * 1024 + Number(pages) * PAGE_BYTES;
}

/** Returns the files and sockets that a process of this user may have open. */
export function maxDescriptors(): number {
  const limits = readFileSync('/proc/self/limits', 'utf8');
  const [, soft] = /^Max open files +(\d+)/m.exec(limits) ?? [];
  return Number(soft);
}

/** Returns a process and its children. */
function family(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return [pid, ...children.split(' ').filter(Boolean).map(Number)];
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function cpuTicksOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // n.b. the name in parentheses may contain spaces; utime and stime are fields 14 and 15
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function kibIn(file: string, name: string): number {
  const [, kib] = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(readFileSync(file, 'utf8')) ?? [];
  return Number(kib);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
