import { useEffect } from 'react';

/** Fields are left out: they would call up a phone's keyboard. */
const controls = 'button:not(:disabled), a[href], [role=button][tabindex="0"]';
const regions = 'main, section, nav, header, footer, [role=dialog], [role=alertdialog]';

/**
 * Where a control goes away that has the focus, as one that dismisses what it stands in, the focus
 * goes to what is nearest: browsers drop it, and a screen reader begins the page anew.
 */
export function useKeptFocus(): void {
  useEffect(() => {
    /** What had the focus last, and all around it. */
    let path: readonly Element[] = [];
    function note({ target }: FocusEvent): void {
      path = target instanceof Element ? [...around(target)] : [];
    }
    function forget({ target, relatedTarget }: FocusEvent): void {
      if (relatedTarget !== null) return;
      // Some browsers tell of a removed control like of one that was left, and before it is gone.
      setTimeout(() => {
        if (path[0] === target && path[0]?.isConnected) path = [];
      });
    }
    const observer = new MutationObserver(() => {
      const lost = path;
      if (!lost[0] || lost[0].isConnected) return;
      path = [];
      // Dialogs and menus give the focus back by themselves, a moment after they are gone.
      afterPaint(() => {
        if (document.activeElement === document.body) nearest(lost)?.focus({ preventScroll: true });
      });
    });
    document.addEventListener('focusin', note);
    document.addEventListener('focusout', forget);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      document.removeEventListener('focusin', note);
      document.removeEventListener('focusout', forget);
      observer.disconnect();
    };
  }, []);
}

function* around(element: Element): Generator<Element> {
  for (let each: Element | null = element; each; each = each.parentElement) yield each;
}

function afterPaint(then: () => void): void {
  requestAnimationFrame(() => requestAnimationFrame(then));
}

/** A control beside the lost one, or the region that it was in. */
function nearest(lost: readonly Element[]): HTMLElement | null {
  for (const element of lost) {
    if (!element.isConnected || !(element instanceof HTMLElement)) continue;
    if (element.matches(regions)) return focusable(element);
    for (const control of element.querySelectorAll<HTMLElement>(controls)) {
      if (control.checkVisibility() && !control.closest('[inert]')) return control;
    }
  }
  return null;
}

/** The region, able to take the focus for as long as it has it; nothing in it can be pressed yet. */
function focusable(region: HTMLElement): HTMLElement {
  if (region.hasAttribute('tabindex')) return region;
  region.tabIndex = -1;
  region.classList.add('outline-none');
  region.addEventListener(
    'blur',
    () => {
      region.removeAttribute('tabindex');
      region.classList.remove('outline-none');
    },
    { once: true },
  );
  return region;
}
