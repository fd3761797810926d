// What TensorBoard loads: it imports this module into the plugin's frame and calls `render`.
import { httpApi } from './api/routes';
import { App } from './app';
import { followTheme, hostAddress, onDataReloaded } from './host';
import { Controller } from './model/controller';
import { keepLive } from './model/live';
import { decodeSelection, encodeSelection } from './model/selection';
import styles from './styles.css';
import { applyTheme, DARK, LIGHT } from './theme';

export function render(): void {
  document.documentElement.lang = 'en';
  document.title = 'RNNbow';
  const sheet = document.createElement('style');
  sheet.textContent = styles;
  document.head.append(sheet);

  const address = hostAddress();
  const controller = new Controller(httpApi(), decodeSelection(address.read()));
  const app = new App();
  app.controller = controller;
  followTheme((dark) => {
    app.theme = dark ? DARK : LIGHT;
    applyTheme(app.theme);
  });
  let { selection } = controller.state;
  controller.subscribe(() => {
    const next = controller.state.selection;
    if (next === selection) return;
    selection = next;
    address.write(encodeSelection(selection));
  });
  address.onChange((pairs) => {
    controller.select(decodeSelection(pairs));
  });
  onDataReloaded(() => {
    controller.poll(true);
  });
  document.body.append(app);
  controller.start();
  keepLive(controller);
}
