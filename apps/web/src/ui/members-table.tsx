import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { RoleSelect } from './role-select.tsx';
import { Table } from './table.tsx';

interface Props<Role extends string> {
  readonly label: string;
  readonly members: readonly { readonly user_id: string; readonly username: string; readonly role: Role }[];
  readonly roles: readonly { value: Role; label: string }[];
  readonly onRole: (id: string, role: Role) => void;
  readonly onRemove: (id: string) => void;
}
/** Who belongs to something, in which role, and the button that ends it. */
export function MembersTable<Role extends string>({ label, members, roles, onRole, onRemove }: Props<Role>) {
  const { t } = useTranslation();
  return (
    <Table
      label={label}
      columns={[{ title: t('login.username') }, { title: t('admin.role') }, { title: t('board.actions'), quiet: true }]}
    >
      {members.map(({ user_id: id, username, role }) => (
        <tr key={id}>
          <td>{username}</td>
          <td>
            <RoleSelect of={username} roles={roles} value={role} onChange={(next) => onRole(id, next)} />
          </td>
          <td style={{ textAlign: 'right' }}>
            <Button
              size="compact-xs"
              variant="default"
              aria-label={t('admin.remove_of', { user: username })}
              onClick={() => onRemove(id)}
            >
              {t('admin.remove')}
            </Button>
          </td>
        </tr>
      ))}
    </Table>
  );
}
