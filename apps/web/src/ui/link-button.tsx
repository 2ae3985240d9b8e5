import { Button, type ButtonProps } from '@mantine/core';
import { createLink } from '@tanstack/react-router';
import type { AnchorHTMLAttributes, Ref } from 'react';

interface AnchorButtonProps extends ButtonProps, Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps> {
  ref?: Ref<HTMLAnchorElement>;
}
function AnchorButton({ ref, ...rest }: AnchorButtonProps) {
  return <Button component="a" {...rest} {...(ref === undefined ? {} : { ref })} />;
}

/** Looks like a button, is a link: opens in a new tab, can be copied. */
export const LinkButton = createLink(AnchorButton);
