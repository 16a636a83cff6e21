export { childEnv } from './child-env.ts';
export { deleteTopology } from './delete-topology.ts';
export { erlangBinary, type ErlangNode, evaluateOn, findErlCall } from './erlang-node.ts';
export { eventually, within } from './eventually.ts';
export { atFileEnd } from './file-end.ts';
export { findBroker, type FoundBroker, versionOf } from './find-broker.ts';
export { freePorts } from './free-ports.ts';
export { isExecutable, onPath } from './on-path.ts';
export { findRabbitMqScripts, type PrivateBroker, startPrivateBroker } from './private-broker.ts';
export {
  endChild,
  nodeEnvironment,
  type RabbitMqNode,
  startRabbitMqNode,
} from './rabbitmq-node.ts';
export { drainQueue, publishRaw, type RawMessage, readyIn } from './rabbitmq-probe.ts';
export { oneOf, randomFrom } from './random.ts';
export { createRecordingLogger, type LogLine } from './recording-logger.ts';
export { createRecordingTerminal, type RecordingTerminal } from './recording-terminal.ts';
export { SERVICE_OPTIONS } from './service-options.ts';
export { silentLogger } from './silent-logger.ts';
export {
  type ListeningProcess,
  type ProcessOptions,
  type RunningProcess,
  spawnService,
  untilListening,
} from './spawn-service.ts';
export { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
export { createTestTopology, type TestTopology } from './test-topology.ts';
export { callRabbitmqctl, createVhost, deleteVhost } from './vhosts.ts';
