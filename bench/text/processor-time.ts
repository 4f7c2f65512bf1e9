/** Microseconds that this process has used of the processor, on all its threads: what else the machine does is not in it. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
