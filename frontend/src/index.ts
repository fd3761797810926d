// What TensorBoard loads: it imports this module into the plugin's frame and calls `render`.
import { askOpening, opensWith } from './api/opening';
import { httpApi } from './api/routes';
import { App } from './app';
import { isReport, reportOf, storedReplies } from './export/report';
import { addressWindow, followTheme, hostAddress, onDataReloaded } from './host';
import { Controller } from './model/controller';
import { keepLive } from './model/live';
import { resolve } from './model/resolve';
import { decodeSelection, encodeSelection } from './model/selection';
import styles from './styles.css';
import { applyTheme, DARK, LIGHT } from './theme';

export function render(): void {
  const report = reportOf(document);
  const address = hostAddress(report ? window : addressWindow());
  const given = address.read();
  const chosen = decodeSelection(report && given.length === 0 ? report.selection : given);
  const controller = new Controller(
    report ? httpApi(storedReplies(report)) : opensWith(askOpening(chosen), httpApi()),
    chosen,
  );
  // What is asked for is on its way.
  document.documentElement.lang = 'en';
  document.title = report?.title ?? 'RNNbow';
  const sheet = document.createElement('style');
  sheet.textContent = styles;
  document.head.append(sheet);

  const app = new App();
  app.controller = controller;
  app.report = report;
  app.link = () => {
    // Of what is seen: who opens it later would find another record where the newest is followed.
    const { selection } = controller.state;
    const { run, step } = resolve(controller.state);
    return address.link(encodeSelection({ ...selection, run: run ?? selection.run, step }));
  };
  followTheme((dark) => {
    app.theme = dark ? DARK : LIGHT;
    applyTheme(app.theme);
  });
  let { selection } = controller.state;
  let { visits } = controller;
  controller.subscribe(() => {
    const next = controller.state.selection;
    if (next === selection) return;
    selection = next;
    address.write(encodeSelection(selection), controller.visits !== visits);
    visits = controller.visits;
  });
  address.onChange((pairs) => {
    controller.select(decodeSelection(pairs));
  });
  document.body.append(app);
  controller.start();
  if (report) return; // it has all that it will ever have
  onDataReloaded(() => {
    controller.poll(true);
  });
  keepLive(controller);
}

// A report has nobody to call it.
if (isReport(document)) render();
