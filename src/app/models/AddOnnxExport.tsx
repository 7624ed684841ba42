import { Download, FileUp } from 'lucide-react';
import { useRef, useState } from 'react';
import { FieldError, Form, Input, Label, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { AddRequest } from '../../model/packages/protocol';
import { Button } from '../ui/Button';
import { SmallDialog } from '../ui/Dialogs';

/** The layout that can be split, by its best-known example. */
const exampleAddress =
  'https://huggingface.co/Xenova/chinese-clip-vit-base-patch16/resolve/main/onnx/model_quantized.onnx';

interface AddOnnxExportProps {
  /** Called once the person has chosen files, or agreed to a download from another site. */
  readonly onAdd: (request: AddRequest) => void;
  readonly isDisabled: boolean;
}

/** Takes a Chinese-CLIP as one ONNX file, from the disk or, with consent, from another site. */
export function AddOnnxExport({ onAdd, isDisabled }: AddOnnxExportProps) {
  const { t } = useTranslation();
  const [address, setAddress] = useState(exampleAddress);
  const [asked, setAsked] = useState<URL | null>(null);

  const fileInput = useRef<HTMLInputElement>(null);

  function takeFiles(input: HTMLInputElement): void {
    const files = [...(input.files ?? [])];
    // Emptied, so that choosing the same again is a change again.
    input.value = '';
    if (files.length > 0) onAdd({ kind: 'export-files', files });
  }

  function download(url: string): void {
    setAsked(null);
    onAdd({ kind: 'export-url', url });
  }

  function submit(): void {
    const url = new URL(address, document.baseURI);
    // What comes from this site needs no consent that opening the site did not give.
    if (url.origin === location.origin) download(url.href);
    else setAsked(url);
  }

  return (
    <section className="flex flex-col gap-3 text-sm" data-testid="add-onnx-export">
      <h3 className="font-serif text-lg font-semibold">{t('onnxExport.title')}</h3>
      <p className="leading-relaxed text-ink-soft">{t('onnxExport.lead')}</p>
      <Form
        className="flex flex-wrap items-start gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <TextField
          className="flex min-w-56 flex-1 flex-col gap-1"
          value={address}
          onChange={setAddress}
          isDisabled={isDisabled}
          isRequired
          validate={(value) => (isAddress(value) ? null : t('onnxExport.noAddress'))}
        >
          <Label className="text-ink-soft">{t('onnxExport.address')}</Label>
          <Input
            spellCheck="false"
            className="min-h-11 rounded-lg border border-line-strong bg-raised px-3 font-mono text-xs"
          />
          <FieldError className="text-seal-ink" />
        </TextField>
        {/* As far down as the field, below its label, whatever is said below the field. */}
        <div className="pt-6">
          <Button type="submit" icon={Download} isDisabled={isDisabled}>
            {t('onnxExport.download')}
          </Button>
        </div>
      </Form>
      <div className="flex flex-wrap items-center gap-3">
        <Button icon={FileUp} isDisabled={isDisabled} onPress={() => fileInput.current?.click()}>
          {t('onnxExport.choose')}
        </Button>
        <input
          ref={fileInput}
          type="file"
          multiple
          accept=".onnx,.json"
          data-testid="model-export-input"
          aria-label={t('onnxExport.choose')}
          disabled={isDisabled}
          hidden
          onChange={(event) => takeFiles(event.currentTarget)}
        />
        <p className="min-w-52 flex-1 text-ink-soft">{t('onnxExport.files')}</p>
      </div>
      <SmallDialog
        title={t('onnxExport.consentTitle', { site: asked?.host ?? '' })}
        isOpen={asked !== null}
        onClose={() => setAsked(null)}
      >
        <p className="text-sm leading-relaxed text-ink-soft">
          {t('onnxExport.consentText', { site: asked?.host ?? '' })}
        </p>
        <p className="rounded-lg bg-sunken p-3 font-mono text-xs break-all">{asked?.href}</p>
        <div className="flex flex-wrap justify-end gap-2">
          <Button onPress={() => setAsked(null)}>{t('app.cancel')}</Button>
          <Button tone="primary" onPress={() => asked && download(asked.href)}>
            {t('onnxExport.consent')}
          </Button>
        </div>
      </SmallDialog>
    </section>
  );
}

function isAddress(text: string): boolean {
  const url = URL.parse(text, document.baseURI);
  return url !== null && /^https?:$/.test(url.protocol) && url.pathname.endsWith('.onnx');
}
