import type { HTMLAttributes } from 'react';
import type { PhoneVerificationAttributes, PhoneVerificationEvents } from '../../frontend/phone-verification.d.ts';

declare module 'react' {
  namespace JSX {
    interface IntrinsicElements {
      'phone-verification': HTMLAttributes<HTMLElement> & PhoneVerificationAttributes & {
        [Name in keyof PhoneVerificationEvents as `on${Name}`]?: (event: PhoneVerificationEvents[Name]) => void;
      };
    }
  }
}
