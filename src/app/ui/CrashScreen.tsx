import { RotateCw } from 'lucide-react';
import { Component, type ErrorInfo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import { errorSentences } from '../i18n/error-sentences';
import { Button } from './Button';
import { Logo } from './Logo';

/** Stands in for the page when it cannot be shown; what is stored is not touched. */
export function CrashScreen({ error }: { readonly error: AppError }) {
  const { t } = useTranslation();
  const { what, remedy } = errorSentences(error);
  return (
    <main className="mx-auto flex min-h-dvh max-w-lg flex-col justify-center gap-4 p-6">
      <Logo className="size-12" />
      <h1 className="font-serif text-3xl font-semibold">{t('crash.title')}</h1>
      <p className="text-ink-soft">{t('crash.text')}</p>
      <div className="rounded-xl bg-seal-wash p-4 text-sm text-seal-ink" role="alert">
        <p className="font-medium">{what}</p>
        <p>{remedy}</p>
        <details className="mt-2">
          <summary className="cursor-pointer">{t('crash.detail')}</summary>
          <p className="mt-1 font-mono text-xs break-words">{error.message}</p>
        </details>
      </div>
      <div>
        <Button tone="primary" icon={RotateCw} onPress={() => location.reload()}>
          {t('app.reload')}
        </Button>
      </div>
    </main>
  );
}

interface BoundaryProps {
  readonly children: ReactNode;
}

interface BoundaryState {
  readonly error: AppError | null;
}

/** Catches what goes wrong while the page is drawn. */
export class CrashBoundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { error: null };

  static getDerivedStateFromError(thrown: unknown): BoundaryState {
    return { error: AppError.from(thrown) };
  }

  override componentDidCatch(thrown: unknown, info: ErrorInfo): void {
    console.error('The page could not be drawn.', thrown, info.componentStack);
  }

  override render(): ReactNode {
    const { error } = this.state;
    return error ? <CrashScreen error={error} /> : this.props.children;
  }
}
