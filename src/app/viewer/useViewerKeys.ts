import type { KeyboardEvent } from 'react';
import { useApp } from '../app-context';
import type { ZoomGestures } from './useZoomGestures';

/** How much one press of a key or a button makes a photo larger. */
export const zoomStep = 1.4;

/** Pixels that an arrow key moves a zoomed photo by, towards what lies in the arrow's direction. */
const panStep = 80;
const pans: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [panStep, 0],
  ArrowRight: [-panStep, 0],
  ArrowUp: [0, panStep],
  ArrowDown: [0, -panStep],
};

/** The keys of an open photo, of which docs/using.md has a list. */
export function useViewerKeys(
  zoom: ZoomGestures,
  remove: () => void,
): (event: KeyboardEvent) => void {
  const { settings, viewer } = useApp().stores;
  const { step, toggleDetails } = viewer.getState();

  return (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    // A dialog above bubbles its keys through here, and has another place in the document.
    if (!(event.target instanceof Element && event.currentTarget.contains(event.target))) return;
    if (event.key.length === 1 && !settings.getState().singleKeys) return;
    const pan = zoom.view.scale > 1 ? pans[event.key] : undefined;
    if (pan) {
      // The details beside the photo are scrolled by the same keys.
      if (event.target.closest('aside')) return;
      zoom.panBy(...pan);
      event.preventDefault();
      return;
    }
    switch (event.key) {
      case 'ArrowLeft':
        step(-1);
        break;
      case 'ArrowRight':
        step(1);
        break;
      case '+':
      case '=':
        zoom.zoomBy(zoomStep);
        break;
      case '-':
        zoom.zoomBy(1 / zoomStep);
        break;
      case '0':
        zoom.reset();
        break;
      case 'i':
      case 'I':
        toggleDetails();
        break;
      case 'Delete':
        remove();
        break;
      default:
        return;
    }
    event.preventDefault();
  };
}
