/** The engine's worker with trouble on demand. */
import './engine-trouble';
import '../../src/engine/worker';
