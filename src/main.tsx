import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import { createApp } from './app/app-context';
import { defaultModelAddress, engineOptionsFrom } from './app/engine-options';
import { pickLanguage, startI18n } from './app/i18n/i18n';
import { savedModelChoice, saveModelChoice } from './app/models/model-choice';
import { keepQueryInAddress, queryFrom } from './app/search/query-in-address';
import { startServices } from './app/services';
import { savedLanguage } from './app/settings/settings-store';
import { CrashBoundary, CrashScreen } from './app/ui/CrashScreen';
import { reportUnhandledErrors } from './app/ui/unhandled-errors';
import { AppError } from './errors';
import { startServiceWorker } from './service-worker/register';
import './app/styles/index.css';

const container = document.getElementById('root');
if (!container) throw new Error('index.html has no #root.');
const root = createRoot(container);
const address = new URL(location.href);

await startI18n(
  pickLanguage(address.searchParams.get('lang'), savedLanguage(), navigator.languages),
);
try {
  if (!isSecureContext) throw new AppError('page-insecure', `${location.origin} is not secure.`);
  await startServiceWorker();
  const troubles: AppError[] = [];
  const asked = address.searchParams.has('model');
  const choice = asked ? null : await savedModelChoice((error) => troubles.push(error));
  const services = await startServices({
    ...engineOptionsFrom(address, choice?.used ?? null),
    atOnce: asked,
    defaultModel: defaultModelAddress(address),
    onModelChoice: saveModelChoice,
  });
  const model = createApp(services, queryFrom(address));
  keepQueryInAddress(model.stores.search);
  reportUnhandledErrors(model.stores.notices);
  for (const error of troubles) model.stores.notices.getState().showError(error);
  const next = choice?.next ?? services.newerModel;
  if (next) void model.stores.models.getState().useAddress(next);
  root.render(
    <CrashBoundary>
      <App model={model} />
    </CrashBoundary>,
  );
} catch (thrown) {
  root.render(<CrashScreen error={AppError.from(thrown)} />);
}
