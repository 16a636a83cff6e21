import type { BusLogger } from '@quotewire/bus';

export const silentLogger: BusLogger = { info() {}, warn() {}, error() {} };
