const canHover = matchMedia('(hover: hover)');

/**
 * Returns whether someone reads in an element: points at it, has moved the focus into it, or selected
 * a part of it.
 *
 * @param {HTMLElement} element
 * @param {() => void} onEnd called when they may have stopped
 */
export function watchReader(element, onEnd) {
  // n.b. an element that loses the focus still matches :focus-visible
  const endSoon = () => setTimeout(onEnd);
  element.addEventListener('pointerleave', endSoon);
  element.addEventListener('focusout', endSoon);
  document.addEventListener('selectionchange', endSoon);
  return () => {
    const selection = getSelection();
    return (
      // n.b. a tap leaves :hover behind, and a click the focus
      (canHover.matches && element.matches(':hover')) ||
      element.querySelector(':focus-visible') !== null ||
      (selection !== null && !selection.isCollapsed && element.contains(selection.anchorNode))
    );
  };
}
