import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface Props<Role extends string> {
  readonly roles: readonly { value: Role; label: string }[];
  readonly value: Role;
  readonly onChange: (role: Role) => void;
  /** Whose role; without it the field says "Role" above itself. */
  readonly of?: string;
  readonly disabled?: boolean;
}
/** What somebody may do: in a row beside their name, or as a field of a form. */
export function RoleSelect<Role extends string>({ roles, value, onChange, of, disabled = false }: Props<Role>) {
  const { t } = useTranslation();
  return (
    <Select
      w={160}
      allowDeselect={false}
      disabled={disabled}
      data={[...roles]}
      value={value}
      onChange={(next) => {
        const found = roles.find((role) => role.value === next);
        if (found !== undefined) onChange(found.value);
      }}
      {...(of === undefined
        ? { label: t('admin.role') }
        : { size: 'xs', 'aria-label': t('admin.role_of', { user: of }) })}
    />
  );
}
