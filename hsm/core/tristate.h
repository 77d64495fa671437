/*
 * tristate.h - a boolean attribute of an object, which a device may not report.
 */
#ifndef HSM_CORE_TRISTATE_H
#define HSM_CORE_TRISTATE_H

enum hsm_tristate { HSM_NO, HSM_YES, HSM_UNSAID };

#endif
