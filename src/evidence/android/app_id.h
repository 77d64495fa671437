/*
 * app_id.h - AttestationApplicationId: which applications share the
 * user id that made the key, and who signed them.
 */
#ifndef EVIDENCE_ANDROID_APP_ID_H
#define EVIDENCE_ANDROID_APP_ID_H

#include "evidence/android/key_description.h"

/* Takes it; d fails when it is malformed. */
void android_app_id_take(struct der *d, struct android_application *app);

#endif
