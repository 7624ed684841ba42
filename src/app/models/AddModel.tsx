import { Download, FileArchive, FolderOpen } from 'lucide-react';
import { useRef, useState } from 'react';
import { FieldError, Form, Input, Label, Text, TextField } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { AppError } from '../../errors';
import { type FolderFile, filesInFolder } from '../../model/packages/folder-source';
import { useApp, useAppState } from '../app-context';
import { Button } from '../ui/Button';
import { AddingProgress } from './AddingProgress';
import { AddOnnxExport } from './AddOnnxExport';

/** React's types lack the attribute. */
const wholeFolder = { webkitdirectory: '' };

/** The ways in which a model comes into the browser. */
export function AddModel() {
  const { t } = useTranslation();
  const { add } = useApp().stores.models.getState();
  const busy = useAppState('models', ({ adding }) => adding !== null);
  const added = useAppState('models', (state) => state.added);
  return (
    <section className="flex flex-col gap-5 border-t border-line pt-6">
      <div>
        <h3 className="font-serif text-lg font-semibold">{t('models.add')}</h3>
        <p className="mt-1 leading-relaxed text-ink-soft">{t('models.addText')}</p>
      </div>
      <AddingProgress />
      <p role="status" className="empty:sr-only">
        {added && t('models.here', { name: added })}
      </p>
      <FromDisk isDisabled={busy} />
      <FromAddress isDisabled={busy} />
      <AddOnnxExport onAdd={(request) => void add(request)} isDisabled={busy} />
    </section>
  );
}

function FromDisk({ isDisabled }: { readonly isDisabled: boolean }) {
  const { t } = useTranslation();
  const { stores } = useApp();
  const { add } = stores.models.getState();
  const folderInput = useRef<HTMLInputElement>(null);
  const zipInput = useRef<HTMLInputElement>(null);

  async function chooseFolder(): Promise<void> {
    if (!('showDirectoryPicker' in globalThis)) {
      folderInput.current?.click();
      return;
    }
    try {
      const folder = await window.showDirectoryPicker({ id: 'models' });
      await add({ kind: 'folder', name: folder.name, files: await filesInFolder(folder) });
    } catch (thrown) {
      // Who chooses none needs no word about it.
      stores.notices.getState().showError(AppError.from(thrown, 'permission-denied'));
    }
  }

  function takeFolder(input: HTMLInputElement): void {
    const files = [...(input.files ?? [])].map(
      (file): FolderFile => ({ path: file.webkitRelativePath || file.name, file }),
    );
    // Emptied, so that choosing the same again is a change again.
    input.value = '';
    const [name = ''] = files[0]?.path.split('/') ?? [];
    void add({ kind: 'folder', name, files });
  }

  function takeZip(input: HTMLInputElement): void {
    const [file] = input.files ?? [];
    input.value = '';
    if (file) void add({ kind: 'zip', file });
  }

  return (
    <div className="flex flex-wrap gap-2">
      <Button icon={FolderOpen} isDisabled={isDisabled} onPress={() => void chooseFolder()}>
        {t('models.chooseFolder')}
      </Button>
      <Button icon={FileArchive} isDisabled={isDisabled} onPress={() => zipInput.current?.click()}>
        {t('models.chooseZip')}
      </Button>
      <input
        ref={folderInput}
        type="file"
        multiple
        {...wholeFolder}
        data-testid="model-folder-input"
        aria-label={t('models.folderInput')}
        disabled={isDisabled}
        hidden
        onChange={(event) => takeFolder(event.currentTarget)}
      />
      <input
        ref={zipInput}
        type="file"
        accept=".zip,application/zip"
        data-testid="model-zip-input"
        aria-label={t('models.zipInput')}
        disabled={isDisabled}
        hidden
        onChange={(event) => takeZip(event.currentTarget)}
      />
    </div>
  );
}

function FromAddress({ isDisabled }: { readonly isDisabled: boolean }) {
  const { t } = useTranslation();
  const { add } = useApp().stores.models.getState();
  const [address, setAddress] = useState('');
  return (
    <Form
      className="flex flex-wrap items-start gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        void add({ kind: 'url', url: new URL(address, document.baseURI).href });
        setAddress('');
      }}
    >
      <TextField
        className="flex min-w-56 flex-1 flex-col gap-1"
        type="url"
        name="address"
        value={address}
        onChange={setAddress}
        isDisabled={isDisabled}
        isRequired
        validate={(value) => (isAddress(value) ? null : t('models.addressInvalid'))}
      >
        <Label className="text-ink-soft">{t('models.address')}</Label>
        <Input
          placeholder={t('models.addressHint')}
          spellCheck="false"
          className="min-h-11 rounded-lg border border-line-strong bg-raised px-3 font-mono text-xs placeholder:text-ink-faint"
        />
        <FieldError className="text-seal-ink" />
        <Text slot="description" className="text-xs text-ink-faint">
          {t('models.addressText')}
        </Text>
      </TextField>
      {/* As far down as the field, below its label. */}
      <div className="pt-6">
        <Button type="submit" icon={Download} isDisabled={isDisabled}>
          {t('models.fetch')}
        </Button>
      </div>
    </Form>
  );
}

function isAddress(text: string): boolean {
  const url = URL.parse(text, document.baseURI);
  return url !== null && /^https?:$/.test(url.protocol);
}
