import type { BusLogger } from '../src/bus.ts';

export const silentLogger: BusLogger = { info() {}, warn() {}, error() {} };
