/**
 * What goes wrong on other people's machines, at the test's command: sent on the channel
 * `engine-trouble`, "lose-device" takes the GPU away and "hang" never returns. It is answered first,
 * as the channel and the engine's own messages keep no order between them.
 */
const devices: GPUDevice[] = [];

if (navigator.gpu) {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    const device = await requestDevice.call(this, descriptor);
    devices.push(device);
    return device;
  };
}

const channel = new BroadcastChannel('engine-trouble');
channel.addEventListener('message', ({ data }) => {
  channel.postMessage('heard');
  if (data === 'lose-device') for (const device of devices) device.destroy();
  while (data === 'hang');
});
