import { ActionIcon, Button, Menu, Modal, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { meQuery } from '../../../api/queries.ts';
import { Icon } from '../../../ui/icons.tsx';
import { fromInput } from './gather.ts';
import css from './upload.module.css';
import type { Arrival } from './use-arrival.ts';

const ACCEPT = '.jpg,.jpeg,.png,.webp,.tif,.tiff,.zip,.csv,.tsv,.json';

/** Pick files or a folder; the page around it takes what is dropped. Administrators reach folders of the server too. */
export function PickButtons({ arrival, filled = false }: { arrival: Arrival; filled?: boolean }) {
  const { t } = useTranslation();
  const { data: me } = useQuery(meQuery);
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button
        variant={filled ? 'filled' : 'default'}
        leftSection={<Icon name="upload" size={16} />}
        onClick={arrival.pickFiles}
      >
        {t('themes.pick_files')}
      </Button>
      <Button
        variant="default"
        // Phones have no folders to pick.
        visibleFrom="xs"
        leftSection={<Icon name="folder" size={16} />}
        onClick={arrival.pickFolder}
      >
        {t('themes.pick_folder')}
      </Button>
      {me?.user.role === 'admin' && (
        <Menu position="bottom-end">
          <Menu.Target>
            <ActionIcon size={36} variant="default" aria-label={t('arrival.more_sources')}>
              <Icon name="dots" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item leftSection={<Icon name="data" size={16} />} onClick={() => setAsking(true)}>
              {t('arrival.server_folder')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      {asking && <ServerFolder arrival={arrival} onClose={() => setAsking(false)} />}
    </>
  );
}

/** The fields behind the buttons. They stand in one place for good: a dialog that is open when its field goes loses what is picked. */
export function PickFields({ arrival }: { arrival: Arrival }) {
  const { t } = useTranslation();
  const take = (input: HTMLInputElement) => {
    const gathered = fromInput(input.files ?? []);
    input.value = '';
    arrival.take(gathered);
  };
  return (
    <>
      <input
        ref={arrival.filesField}
        type="file"
        hidden
        multiple
        accept={ACCEPT}
        data-testid="picture-input"
        aria-label={t('themes.pick_files')}
        onChange={(event) => take(event.currentTarget)}
      />
      <input
        ref={arrival.folderField}
        type="file"
        hidden
        multiple
        data-testid="folder-input"
        aria-label={t('themes.pick_folder')}
        onChange={(event) => take(event.currentTarget)}
      />
    </>
  );
}

function ServerFolder({ arrival, onClose }: { arrival: Arrival; onClose: () => void }) {
  const { t } = useTranslation();
  const [path, setPath] = useState('');
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('arrival.server_folder')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form
        className={css['form']}
        onSubmit={(event) => {
          event.preventDefault();
          onClose();
          arrival.takeServerFolder(path.trim());
        }}
      >
        <TextInput
          data-autofocus
          label={t('arrival.server_path')}
          description={t('arrival.server_path_help')}
          placeholder="/srv/pictures/parts"
          value={path}
          onChange={(event) => setPath(event.currentTarget.value)}
        />
        <div className={css['buttons']}>
          <Button type="submit" disabled={!path.trim().startsWith('/')}>
            {t('arrival.look')}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t('common.cancel')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
