/**
 * What Streamlit calls when a component appears and whenever the page gives it other data.
 * @param {(parent: HTMLElement) => {update: Function, close: Function}} create makes the view, once
 * for each place in the page; it is closed when the place is gone.
 */
export function mounting(create) {
  const views = new WeakMap();
  return ({ data, parentElement, setStateValue, setTriggerValue }) => {
    let view = views.get(parentElement);
    if (!view) {
      view = create(parentElement);
      views.set(parentElement, view);
    }
    view.setStateValue = setStateValue;
    view.setTriggerValue = setTriggerValue;
    view.update(data);
    return () => {
      if (parentElement.isConnected) return;
      view.close();
      views.delete(parentElement);
    };
  };
}
