/*
 * app_id.h - parses AttestationApplicationId: the applications of the Android
 * user id that requested the key, and their signers.
 */
#ifndef EVIDENCE_ANDROID_APP_ID_H
#define EVIDENCE_ANDROID_APP_ID_H

#include "evidence/android/key_description.h"

/* Reads it from d into a zeroed app; d fails if it is malformed. */
void android_app_id_take(struct der *d, struct android_application *app);

#endif
