import type { ApiKey, AuditEntry, Project, ProjectMember, User } from '@minori/contract';
import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { get } from '../../api/client.ts';
import type { Page } from '../../api/queries.ts';
import { useProblemText } from '../../i18n/wording.ts';
import { toast } from '../../ui/toast.tsx';

export const usersQuery = queryOptions({
  queryKey: ['admin', 'users'],
  queryFn: ({ signal }) => get<Page<User>>('/api/v1/users', {}, signal),
});
export const keysQuery = queryOptions({
  queryKey: ['admin', 'keys'],
  queryFn: ({ signal }) => get<Page<ApiKey>>('/api/v1/api-keys', {}, signal),
});
export const projectsQuery = queryOptions({
  queryKey: ['admin', 'projects'],
  queryFn: ({ signal }) => get<Page<Project>>('/api/v1/projects', {}, signal),
});
export const membersQuery = (id: number) =>
  queryOptions({
    queryKey: ['admin', 'members', id],
    queryFn: ({ signal }) => get<Page<ProjectMember>>(`/api/v1/projects/${id}/members`, {}, signal),
  });
export const auditInfinite = infiniteQueryOptions({
  queryKey: ['admin', 'audit'],
  queryFn: ({ signal, pageParam }) => get<Page<AuditEntry>>('/api/v1/audit', { limit: 50, cursor: pageParam }, signal),
  initialPageParam: '',
  getNextPageParam: (last) => last.next,
});

/** A change on this page: reads everything here again, says what went wrong. */
export function useChange<Input, Answer>(
  change: (input: Input) => Promise<Answer>,
  onDone?: (answer: Answer, input: Input) => void,
) {
  const client = useQueryClient();
  const text = useProblemText();
  return useMutation({
    mutationFn: change,
    onSuccess: (answer, input) => onDone?.(answer, input),
    onError: (error) => toast('error', text(error)),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['admin'] });
      void client.invalidateQueries({ queryKey: ['me'] });
    },
  });
}
