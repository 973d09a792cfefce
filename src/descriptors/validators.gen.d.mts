// Made by scripts/gen-validators.ts from schemas/. Do not edit.
import type { Validator } from './validate.ts';
export const validateCommon: Validator;
export const validateNative: Validator;
export const validateContainer: Validator;
export const validateVm: Validator;
export const validateJava: Validator;
export const validateExternal: Validator;
export const validateJvm: Validator;
export const validateNetwork: Validator;
export const validateVolume: Validator;
export const validateProject: Validator;
export const validateNativeSecurity: Validator;
export const validateContainerSecurity: Validator;
export const validateVmSecurity: Validator;
export const validateJavaSecurity: Validator;
